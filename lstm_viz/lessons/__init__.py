"""One room a lesson: its labs, small models, measurements, shipped results, and its exercises, which it registers.

May load everything; what two lessons need stands in a room below.
"""

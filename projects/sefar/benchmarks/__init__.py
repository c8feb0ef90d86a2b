"""Measurements of speed and memory: ``tools/benchmark.py`` prints them, docs explain them."""

"""The bench: a desk of N tickets made up by rule, loaded by COPY, and what that desk does under load (bin/bench).

`load` fills an empty desk; `measure` drives a running one over HTTP. docs/performance.md tells the results.
"""

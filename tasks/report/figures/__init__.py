"""The figures of a report, drawn by Plotly where it is opened.

A figure more is a module that ends with its declaration, and a line in ``registry``.
"""

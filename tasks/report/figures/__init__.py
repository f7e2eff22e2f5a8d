"""The figures of a report, drawn by Plotly where it is opened; ``registry`` lists them all."""

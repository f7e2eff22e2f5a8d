"""The figures of a report, drawn by Matplotlib as a part of the page; ``registry`` lists them all."""

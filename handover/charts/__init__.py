"""Charts as SVG, drawn without a framework: numbers in, picture out. Pure.

Their own attributes are the light colours, for a file and for print; in a page the classes decide. Nothing
is told by colour alone: parts differ by pattern, marks by shape, and each has a title.
"""

"""The timeline picture: who held a thread when, and what was said, asked and refused meanwhile.

`rows` reads one thread's rows as `facts`; `story` makes a picture of them, in moments and lanes; `drawing`
puts that on paper, as SVG. All but `rows` are pure.
"""

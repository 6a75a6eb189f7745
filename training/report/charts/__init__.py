"""Charts as inline SVG, which take their colours from the page: they follow light, dark and paper.

Drawn here, not by a plotting library: those write fixed colours, and each would add a second to
every `segment fit`, where a line, signs and areas are little to draw.
"""

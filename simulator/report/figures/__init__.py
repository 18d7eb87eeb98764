"""Figures on the page: drawn by `simulator.plot`, turned into SVG that stands in the page itself."""

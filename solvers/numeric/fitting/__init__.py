"""Curve fits as data: a curve from an NL file, many data sets, and what was found and checked for each."""

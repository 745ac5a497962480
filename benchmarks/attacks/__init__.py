"""Attacks and invariances: texts made from genuine answers, and how the grades take them."""

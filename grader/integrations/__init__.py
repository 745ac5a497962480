"""Grading inside other evaluation frameworks: one module each, named after the framework.

Each module imports its framework, and nothing of grader imports these modules. docs/integrations.md
has an example of each.
"""

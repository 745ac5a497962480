"""Interface texts; a language is one file of the same keys.

A text that counts something is a tuple of its plural forms, chosen by ``PLURAL(n)``.
"""

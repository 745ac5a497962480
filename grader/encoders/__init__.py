"""Sentence encoders: the embedded one, sentence-transformers, a server."""

from grader.encoders.registry import Encoder, load_encoder

__all__ = ["Encoder", "load_encoder"]

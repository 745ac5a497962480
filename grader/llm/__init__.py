"""Language models behind servers that speak OpenAI's protocol: asking them, collecting answers.

Needs the extra ``llm``. Nothing here is imported by grading itself, which asks nobody.
"""

from __future__ import annotations

from grader.llm.budget import Budget, Price
from grader.llm.client import Client, Endpoint, Reply, Request
from grader.llm.collection import CollectedAnswer, Collection, Settings
from grader.llm.collector import Ask, Collected, Job, collect
from grader.llm.key import read_key
from grader.llm.prompt import Prompt

__all__ = [
    "Ask",
    "Budget",
    "Client",
    "Collected",
    "CollectedAnswer",
    "Collection",
    "Endpoint",
    "Job",
    "Price",
    "Prompt",
    "Reply",
    "Request",
    "Settings",
    "collect",
    "read_key",
]

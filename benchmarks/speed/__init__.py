"""Speed and memory of the grader, beside other ways to compare answers with references."""

"""Tables, figures, verdicts and pages from plain data. Knows no paper."""

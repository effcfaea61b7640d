"""Disclosure control at release: which counts may leave, and the proof that those kept back cannot be worked out.

The attacker, whom every release is measured against, knows

- every count that any release published, and that counts are whole and never negative;
- how counts hang together: a total and its parts over every dimension, counties and their city, halves and their
  year, what is counted and what it is counted among (and so those among whom it was not counted);
- of each count that several releases hold: in which of them it was the same and in which it was larger, though not by
  how much. That is more than the releases say. It is granted because most counts do not change between two releases:
  who guesses that this one did not either is mostly right. So what has been published once is known for good, as long
  as it has not changed, and the few persons who came in between two releases are protected like those of any count.

Not granted: which cells were kept back for their own smallness and which to cover others (a release does not tell, and
the choice depends on the true counts, so who repeats the algorithm on guessed counts may learn more than is bounded
here); and what somebody knows of cases of their own. Two definitions of an indicator are two indicators: nothing ties
their counts. A rate says nothing beyond its two counts, and leaves only with both. Of medians only the rule of ten is
kept; they are not attacked.

The way of a release: `rules` says how small is too small, `protect` chooses what to keep back, `attack` tries to work
it out and alone decides.
"""

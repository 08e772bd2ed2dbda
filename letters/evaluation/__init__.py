"""How good letters are: random cases, a judge of finished letters, and the figures of a writer."""

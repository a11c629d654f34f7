"""Bilevel problems: functions of the solution of another problem, by implicit gradients or by a penalty."""

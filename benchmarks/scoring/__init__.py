"""What answers are worth: keys meet answers here, and nowhere before."""

"""What is printed beside the values, in German, French and Italian."""

"""Runs the contenders through the scenarios and writes down what they did."""

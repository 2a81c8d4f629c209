"""Reads a thread of comments, each below what it answers."""

import sys

# Generators within each other, on average: a thread has three times as many levels.
SIZES = (2, 5, 10, 40)


class Comment:
    def __init__(self, words, answers):
        self.words = words
        self.answers = answers


def prepare(n):
    thread = Comment(1, [])
    for level in range(3 * n - 1):
        thread = Comment(level % 7, [Comment(2, []), thread, Comment(3, [])])
    return (thread, max(1, 1_500 // n // n))


def words(comment):
    yield comment.words
    for answer in comment.answers:
        yield from words(answer)  # hot 85% nested 10


def work(thread, readers):
    return sum(sum(words(thread)) for _ in range(readers))


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10)))

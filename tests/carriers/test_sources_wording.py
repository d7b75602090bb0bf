"""Sentences as keys: what does not matter is left out, what matters stays."""

import pytest

from carriers.sources.wording import plain, sentences, text_key


@pytest.mark.parametrize(
    ("words", "place", "key"),
    [
        ("Out  for Delivery.", "", "TEXT:OUT FOR DELIVERY"),
        ("Priority&nbsp;<SUP>&#153;</SUP> delivered", "", "TEXT:PRIORITY ™ DELIVERED"),
        ("Processed at LEIPZIG - GERMANY", "LEIPZIG - GERMANY", "TEXT:PROCESSED"),
        ("Processed at CINCINNATI HUB - USA", "CINCINNATI HUB, OH - USA", "TEXT:PROCESSED"),
        ("Departed Facility in Leipzig", "LEIPZIG", "TEXT:DEPARTED FACILITY"),
        ("Leipzig parcel center", "Leipzig", "TEXT:LEIPZIG PARCEL CENTER"),
        ("Delivered in a box", "OX", "TEXT:DELIVERED IN A BOX"),
        ("Arrived in the hub", "HUBERTUS", "TEXT:ARRIVED IN THE HUB"),
        ("Delivered - Signed for by: A. PERSON", "", "TEXT:DELIVERED"),
        ("Delivered, signed by A. PERSON", "", "TEXT:DELIVERED"),
        ("Pick-up refused – resignation", "", "TEXT:PICK-UP REFUSED - RESIGNATION"),
        (" . ", "", ""),
        ("", "", ""),
    ],
)
def test_sentence_becomes_its_key(words, place, key):
    assert text_key(words, place) == key


def test_key_is_cut_where_no_sentence_is_that_long():
    assert len(text_key("word " * 90)) <= len("TEXT:") + 160


def test_plain_words_are_left_as_they_are():
    assert plain("A - B") == "A - B"


def test_parts_are_joined_as_sentences_each_told_once():
    assert sentences("On hold.", "", "Please wait", "On hold") == "On hold. Please wait"

"""Recordings of a check: what was asked of a source and what it answered, without secrets and personal values, to be played again."""

from connectors.recording.redaction import Redactor
from connectors.recording.tape import RecordingInvalid, Tape, read_tape

__all__ = ["RecordingInvalid", "Redactor", "Tape", "read_tape"]

"""The catalog: records, change log, visibility, and the narrowed reader."""

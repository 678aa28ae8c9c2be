"""What a diagram says: one record, of which words, tables, a page and ``ds.mcsc`` are made."""

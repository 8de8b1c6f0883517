"""The page doctor: what is wrong with a page's connection, and how it is put right. It changes nothing."""

//! What is wrong with a user's file.

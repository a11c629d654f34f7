"""One module a page, and the parts that pages are made of; all logic stands above, without Streamlit."""

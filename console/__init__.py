"""The console: the Streamlit page that marketing opens. A client of the deployed system."""

"""One module for each revision; its statements lie beside it in sql/<revision>/."""

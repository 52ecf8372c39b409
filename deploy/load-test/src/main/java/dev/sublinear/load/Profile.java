package dev.sublinear.load;

/** A test: which servers, under which loads, and what must hold. */
interface Profile {

    /** Runs it; what it finds goes into the session. */
    void run(Session session);
}

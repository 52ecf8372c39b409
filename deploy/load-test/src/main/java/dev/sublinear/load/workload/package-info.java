/** What is asked: requests and their texts, with lengths as people have them. */
@NullMarked
package dev.sublinear.load.workload;

import org.jspecify.annotations.NullMarked;

"""Settings that must stand before JAX starts: double precision, one thread of linear algebra."""

import jax

jax.config.update("jax_enable_x64", True)

/** With CTFW_SEED properties draw the same in every run, so that what fails in continuous integration fails again by hand. */
import fc from 'fast-check';

const seed = process.env.CTFW_SEED;
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });

/** The file that is meant when none is named, if it is there. */
export const DEFAULT_FILE = 'netlab.yaml';

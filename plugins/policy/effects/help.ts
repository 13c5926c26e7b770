/** What the tables of effects share. */
export { baseName, field, isKnown, join, readable, withText } from '../analyse/fields.ts';
export { asField, itemsOf, NOTHING, opaque, pathStream, SOME_FILE, textStream } from '../analyse/streams.ts';

/* Generated from ../charter.schema.json by `npm run generate`. Do not edit. */

/**
 * Who an orchestrator is and what it may do. Both spellings of the older documents are accepted: `resources` or `resourceLimits`, `constraints` or `safetyHeuristics`, and so on.
 */
export interface CharterInput {
$schema?: string
name?: string
}

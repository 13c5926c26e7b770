/** Errors of the gateway. */
import { defineErrors, VpError } from '@vp/sdk';

export const errors = defineErrors({
  VP_SOCKET_PATH: {
    message: 'the path {path} is longer than the {limit} bytes that a local socket may have',
    hint: 'Set XDG_RUNTIME_DIR to a folder of this user alone, or VP_HOME to a shorter path.',
  },
  VP_METHOD_UNKNOWN: { message: 'there is no method "{method}"', hint: '{nearest}`rpc.discover` names all of them.' },
  VP_EVENT_UNKNOWN: {
    message: 'there is no event "{event}"',
    hint: '{nearest}`rpc.discover` names all of them; `<service>.*` is all of one.',
  },
  VP_SCHEMA_INVALID: {
    message: 'the schema of the params of {method} is not valid: {why}',
    hint: 'Mend `params` in the contract of the service.',
  },
  VP_PARAMS_INVALID: { message: '{method}: {problems}', hint: '`rpc.discover` gives the schema of its params.' },
});

/** A request that no method has seen. */
export class Refusal extends VpError {
  /** Its code in JSON-RPC. */
  readonly rpc: number;

  constructor(rpc: number, { code, message, hint = '' }: VpError) {
    super(code, message, { hint });
    this.rpc = rpc;
  }
}

export { startApi, type ApiRequest, type RequestBody, type Script, type ScriptedApi, type ToolUse, type Turn } from './server.ts';
export { agentHome, realAgent, repository, type AgentHome } from './home.ts';

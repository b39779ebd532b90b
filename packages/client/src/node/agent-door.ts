// The agent's sockets alone, for programs that ask it and verify nothing: a few files where the door of the SDK loads hundreds.
export { type AgentConnection, type AgentListener, connectAgent } from "./agent-connection.ts";
export { type AgentPlaces, agentPlacesIn, defaultAgentPlaces } from "./agent-places.ts";

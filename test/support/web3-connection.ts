/** web3.js connections that end with their test file: one whose server has gone would knock at its port for ever. */
import { type Commitment, Connection } from "@solana/web3.js";

const open = new Set<Connection>();

export function openConnection(
  { rpcUrl, wsUrl }: { readonly rpcUrl: string; readonly wsUrl: string },
  commitment: Commitment,
): Connection {
  const connection = new Connection(rpcUrl, { commitment, wsEndpoint: wsUrl });
  open.add(connection);
  return connection;
}

export function closeConnection(connection: Connection): void {
  // It has no method for it, and with a subscription left it would connect again.
  type Socket = { close(): void; connect(): void; reconnect: boolean };
  const socket = (connection as unknown as { readonly _rpcWebSocket: Socket })._rpcWebSocket;
  socket.reconnect = false;
  socket.connect = () => {};
  socket.close();
  open.delete(connection);
}

/** For `afterAll`, before the server closes. */
export function closeConnections(): void {
  for (const connection of open) closeConnection(connection);
}

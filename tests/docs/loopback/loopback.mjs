// Imported before each program of the documents: its sessions stay on this machine.
import { Session } from "tstream";

const local = { listen: "127.0.0.1:0", dht: false, lsd: false, portMapping: false };
const open = Session.open.bind(Session);

Session.open = (directory, options) => open(directory, { ...local, ...options });

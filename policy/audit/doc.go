// Package audit proves afterwards what was decided. It follows the journal's one stream of events and keeps a Merkle log
// (RFC 6962 hashes) of every verdict, every answer of a person and every outcome, with checkpoints signed by ed25519.
//
// A record holds what was decided, by which rules, about which act, and the hash of the journal's event; what was on the
// page or was typed stays in the journal, and pictures are named by hash, so that retention can delete both without
// breaking a proof. Records follow from events alone: a log that was lost is written again, bit by bit the same.
//
// A directory holds "records" and "checkpoints" (JSON lines), "hashes" (32 bytes each, in the order of package tlog), the
// signing key "key" and its public half "key.pub". Whoever holds an older checkpoint can show that the log was rolled back;
// whoever holds only key.pub can show that signed records were altered, dropped or reordered.
package audit

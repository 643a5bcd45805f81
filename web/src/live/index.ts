export { LiveConnection, type Follower, type LiveState, type TokenSource } from "./connection";
export { type Fix } from "./frames";
export { openFixStore, memoryFixStore } from "./fixStore";
export { createLive, LiveProvider, useLive, useLiveState, usePollWhileAway } from "./LiveProvider";
export { PositionOutbox, type FixStore } from "./positions";
export { type LiveEvent } from "./protocol";
export { useTopic, type TopicUse } from "./useTopic";

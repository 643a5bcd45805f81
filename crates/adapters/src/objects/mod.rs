//! Where objects are kept (design, section 6): a folder.

mod folder;

pub use folder::FolderObjects;

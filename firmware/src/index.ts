export {
  type ImageErrorCode,
  ImageFormatError,
  type ImageProblem,
} from './image-format-error.js';
export type { ImageFormat, ImageInfo, ImageSection, ImageSegment } from './image-info.js';
export { readImage, readLargeImage } from './read-image.js';
export { readImageApart } from './read-image-apart.js';

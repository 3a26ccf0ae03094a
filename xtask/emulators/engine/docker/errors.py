"""The errors of the package this one stands in for, as far as ministack looks at them."""


class DockerException(Exception):
    pass


class APIError(DockerException):
    explanation = None


class NotFound(APIError):
    pass


class ImageNotFound(NotFound):
    pass


class ContainerError(DockerException):
    pass


class ImageLoadError(DockerException):
    pass
